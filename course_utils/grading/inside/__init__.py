"""What runs in the sandbox, beside a learner's code. Copied there alone: these modules import nothing of the course."""
