# The image that the steps of cloudbuild.yaml run infra/deploy in. Callers never reach it; it follows Google's newest.
FROM gcr.io/google.com/cloudsdktool/google-cloud-cli:slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
