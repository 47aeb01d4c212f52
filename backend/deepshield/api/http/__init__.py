"""What only knows HTTP: headers, addresses, bodies, ranges, and every failure in one shape."""
