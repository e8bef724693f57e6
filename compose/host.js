import { mount } from './console.js';

mount(document.getElementById('webhooks'), {
  basePath: '/settings/integrations/webhooks',
  getToken: async () => {
    const response = await fetch('/local/token', { method: 'POST' });
    if (!response.ok) throw new Error('There is no token. The demo gives one.');
    return response.text();
  },
});
