"""Study -> Assessments and spans: which moments are assessed, what ran over them, when runs begin and end, what is in doubt."""
