"""What people say of analyses, beside the machine."""
