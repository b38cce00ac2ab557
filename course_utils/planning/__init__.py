"""A workshop from the exercises' minutes: a timetable, a sheet for each chapter's teacher, slides of its figures."""
