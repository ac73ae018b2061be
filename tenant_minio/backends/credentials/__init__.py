"""With whose key requests and URLs are signed: the backend's own, or one for each route."""
