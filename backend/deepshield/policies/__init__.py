"""Policies: drafted by one lead, seen before they count, approved by another, retired, and taken back."""
