"""``python -m example_saas.demo``: real servers, real uploads, a proof, and then the site."""
