"""spaCy: the pipeline that fits `triage.classifier.Classifier`. Never imported by a process that paints.

Imports core.
"""
