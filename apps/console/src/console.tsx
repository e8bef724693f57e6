// First, so that the rules of the components' own stylesheets come after Mantine's and win.
import './app/styles.css';
import { MantineProvider, type MantineColorSchemeManager } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { createApi } from './api/client.ts';
import { Connection } from './api/connection.ts';
import { ApiContext } from './api/context.ts';
import { AwayError } from './api/problem.ts';
import { routes } from './app/routes.tsx';

/** What the host page hands over. */
export interface MountOptions {
  /** The access token of whoever is signed in. Asked for at the start, and again when the API does not take it any more. */
  readonly getToken: () => string | Promise<string>;
  /** The path that the page is at, without a slash at its end. Default: `/settings/integrations/webhooks`. */
  readonly basePath?: string;
  /** Where `/v1` is, without a slash at its end. Default: this origin. */
  readonly apiUrl?: string;
  /** Default: `auto`, as the viewer's system is set. */
  readonly colorScheme?: 'light' | 'dark' | 'auto';
}

export interface MountedConsole {
  /** Takes the page away. */
  unmount(): void;
}

const tries = 2;

/** The host page says which colours are wanted; nothing is remembered here. */
const noMemory: MantineColorSchemeManager = { get: (fallback) => fallback, set: () => undefined, subscribe: () => undefined, unsubscribe: () => undefined, clear: () => undefined };

/** Shows the page in an element of the host page. Its stylesheet, `console.css`, is for the host page to link. */
export function mount(element: HTMLElement, options: MountOptions): MountedConsole {
  const { getToken, basePath = '/settings/integrations/webhooks', apiUrl = '', colorScheme = 'auto' } = options;
  const connection = new Connection();
  const api = createApi({ apiUrl, getToken, connection });
  const queries = new QueryClient({
    defaultOptions: {
      // Whether the network is there shows by whether calls are answered.
      queries: { networkMode: 'always', retry: (failures, error) => error instanceof AwayError && failures < tries },
      mutations: { networkMode: 'always' },
    },
  });
  const router = createBrowserRouter(routes, { basename: basePath });
  const root = createRoot(element);
  root.render(
    <MantineProvider
      theme={{ respectReducedMotion: true }}
      withCssVariables={false} withGlobalClasses={false} colorSchemeManager={noMemory} defaultColorScheme={colorScheme}
      {...(colorScheme !== 'auto' && { forceColorScheme: colorScheme })}
    >
      <QueryClientProvider client={queries}>
        <ApiContext value={{ api, connection }}>
          <RouterProvider router={router} />
        </ApiContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return {
    unmount() {
      root.unmount();
      router.dispose();
      queries.clear();
    },
  };
}
