"""Many files handed in together: taken, followed and exported as one, behind what somebody waits for."""
