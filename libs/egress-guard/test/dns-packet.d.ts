// What these tests use of dns-packet, which has no types of its own.
declare module 'dns-packet' {
  export interface Question {
    readonly type: string;
    readonly name: string;
  }
  export interface Answer {
    readonly type: 'A' | 'AAAA' | 'CNAME';
    readonly name: string;
    readonly ttl?: number;
    readonly data: string;
  }
  export interface Packet {
    readonly id?: number;
    readonly type?: 'query' | 'response';
    readonly flags?: number;
    readonly questions?: readonly Question[];
    readonly answers?: readonly Answer[];
  }
  export function decode(message: Uint8Array): Packet;
  export function encode(packet: Packet): Buffer;
  export const RECURSION_DESIRED: number;
  export const RECURSION_AVAILABLE: number;
}
