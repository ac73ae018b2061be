"""The vault itself: tables and pages that exist once per customer, each in a schema of its own."""
