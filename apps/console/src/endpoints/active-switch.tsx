import { Switch } from '@mantine/core';
import { useState } from 'react';
import type { Endpoint } from '../api/client.ts';
import { useChangeEndpoint } from '../api/queries.ts';
import { messageOf } from '../api/problem.ts';

/** Switches deliveries to an endpoint on and off. */
export function ActiveSwitch({ endpoint, withLabel = false }: { readonly endpoint: Endpoint; readonly withLabel?: boolean }) {
  const { mutate, isPending, error } = useChangeEndpoint(endpoint.id);
  const [wanted, setWanted] = useState<boolean>();
  const checked = isPending && wanted !== undefined ? wanted : endpoint.active;
  return (
    <Switch
      checked={checked}
      // Not disabled meanwhile: that would take the focus away.
      onChange={({ currentTarget }) => {
        if (isPending) return;
        setWanted(currentTarget.checked);
        mutate({ active: currentTarget.checked });
      }}
      {...(withLabel ? { label: 'Active' } : { 'aria-label': `Active: ${endpoint.url}` })}
      error={error && messageOf(error)}
    />
  );
}
