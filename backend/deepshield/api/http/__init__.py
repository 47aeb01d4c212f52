"""HTTP without jobs or accounts: headers, addresses, bodies, ranges, and every failure in one shape."""
