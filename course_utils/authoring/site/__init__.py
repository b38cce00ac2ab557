"""The course as a static site, to be read without running anything: `course site`.

Its pages are written in MyST Markdown from the chapters' sources, their executed notebooks, the registry and docs/, and
Sphinx makes HTML of them. What they load lies beside them, so the site works from a folder and without a network.
"""
