"""CloudFront, S3 and Lambda: which path is served by what, and how a release gets there and back."""
