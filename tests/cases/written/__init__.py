"""Failed jobs as authors write them down: reading, filling up with healthy work, scoring. The jobs: second and third."""
