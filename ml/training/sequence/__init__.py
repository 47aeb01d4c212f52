"""What consecutive frames tell beyond single ones: bursts, networks over time, and a comparison."""
