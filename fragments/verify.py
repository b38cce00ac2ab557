"""course verify with gaps in the ids: python fragments/verify.py 10.3"""
import sys

sys.path.insert(0, "/tmp/wt/T")
import fragments.lenient  # noqa
from course_utils.cli import app

sys.argv = ["course", "verify", *sys.argv[1:]]
app()
