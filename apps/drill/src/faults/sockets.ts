import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The local ports of a process' TCP connections to a port of 127.0.0.1, read from Linux's /proc: by them a receiver's requests
 * are told to be this process'.
 */
export function portsTo(pid: number, remotePort: number): number[] {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).flatMap((name) => inodeOf(`/proc/${pid}/fd/${name}`)));
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1).flatMap((line) => {
    const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
    return own.has(inode ?? '') && portIn(remote) === remotePort ? [portIn(local)] : [];
  });
}

function inodeOf(link: string): string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1];
    return inode ? [inode] : [];
  } catch {
    // It was closed meanwhile.
    return [];
  }
}

/** `0100007F:1F90`: the port is in hexadecimal digits. */
function portIn(address = ''): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}
