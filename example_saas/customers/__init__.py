"""Who the customers are: the one table that all of them share, in the public schema."""
