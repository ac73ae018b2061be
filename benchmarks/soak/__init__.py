"""Mixed traffic of many tenants over HTTP while their clusters fail: is a file lost or crossed?"""
