"""What brings the product to Google Cloud, keeps an eye on it there and takes it away again."""
