"""What is known of one thing (job, task, queue, site, log), gathered into typed evidence."""
