"""The people of these tests."""

from two_people import ada, grace, resources  # noqa: F401
