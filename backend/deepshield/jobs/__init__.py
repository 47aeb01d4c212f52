"""The job protocol: at least one execution, exactly one recorded outcome, one charge per accepted job."""
