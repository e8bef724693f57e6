// CE Pro's part of the page: it hands over the access token of whoever is signed in. A deployment puts its own file here;
// see the README. Without one there is nobody to ask for a token, which is all that this one says.
document.getElementById('webhooks').textContent = 'Open this page from CE Pro: Settings → Integrations → Webhooks.';
