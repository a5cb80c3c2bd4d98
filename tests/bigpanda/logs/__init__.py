"""Log files of the local monitor's jobs, written by code in the formats that pilot3, rucio and panda-wnscript print.

`pilot` is the pilot log's writer, `stages`, `transfers`, `kills` are its steps, `payload`, `scripts` those of the payload's own
output, `reports` the small JSON files. Which steps a job went through stands in its YAML file. All of it is deterministic.
"""
