import { Outlet, type RouteObject } from 'react-router';
import { DeliveryPage } from '../delivery/delivery-page.tsx';
import { AddPage } from '../endpoint-form/add-page.tsx';
import { EditPage } from '../endpoint-form/edit-page.tsx';
import { EndpointPage } from '../endpoints/endpoint-page.tsx';
import { ListPage } from '../endpoints/list-page.tsx';
import { EventPage } from '../events/event-page.tsx';
import { EventsPage } from '../events/events-page.tsx';
import { VerifyPage } from '../secret/verify-page.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { Page } from './page.tsx';
import { Failure, NotFoundPage } from './states.tsx';

function Layout() {
  return (
    <div className="webhooks">
      <ConnectionBanner />
      <Outlet />
    </div>
  );
}

function Crash() {
  return <div className="webhooks"><Page title="Webhooks"><Failure error={null} onRetry={() => window.location.reload()} /></Page></div>;
}

export const routes: RouteObject[] = [
  {
    element: <Layout />,
    errorElement: <Crash />,
    children: [
      { index: true, element: <ListPage /> },
      { path: 'new', element: <AddPage /> },
      { path: 'verify', element: <VerifyPage /> },
      { path: 'events', element: <EventsPage /> },
      { path: 'events/:eventId', element: <EventPage /> },
      { path: ':endpointId', element: <EndpointPage /> },
      { path: ':endpointId/edit', element: <EditPage /> },
      { path: ':endpointId/deliveries/:deliveryId', element: <DeliveryPage /> },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
];
