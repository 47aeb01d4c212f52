"""Bundles that are proposed to the service, approved by a second person, served, and taken back."""
