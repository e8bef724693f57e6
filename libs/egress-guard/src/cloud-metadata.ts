/**
 * Addresses where a cloud tells a machine about itself, its credentials included. They are listed one by one, although
 * most lie in refused ranges, because a range that is opened for development must never open one of these with it, and
 * because one of them looks like any public address.
 */
export const metadataAddresses: readonly { readonly address: string; readonly of: string }[] = [
  { address: '169.254.169.254', of: 'AWS, Google Cloud, Azure, Oracle Cloud, DigitalOcean, Hetzner, OpenStack and others' },
  { address: '169.254.169.253', of: 'AWS, the resolver of a virtual network' },
  { address: '169.254.170.2', of: 'AWS ECS, credentials of a task' },
  { address: '169.254.170.23', of: 'AWS EKS, credentials of a pod' },
  { address: '169.254.0.23', of: 'Tencent Cloud' },
  { address: '169.254.42.42', of: 'Scaleway' },
  { address: '100.100.100.200', of: 'Alibaba Cloud' },
  { address: '168.63.129.16', of: 'Azure WireServer, in public address space' },
  { address: '192.0.0.192', of: 'Oracle Cloud Classic' },
  { address: 'fd00:ec2::254', of: 'AWS' },
  { address: 'fd00:ec2::253', of: 'AWS, the resolver of a virtual network' },
  { address: 'fd00:ec2::23', of: 'AWS EKS, credentials of a pod' },
  { address: 'fd20:ce::254', of: 'Google Cloud' },
  { address: 'fd00:c1::a9fe:a9fe', of: 'Oracle Cloud' },
  { address: 'fd00:42::42', of: 'Scaleway' },
];

/**
 * Names of metadata services that look public. Those below `.internal`, and those of a single label such as `metadata`
 * and `instance-data`, are refused by the rules for internal names.
 */
export const metadataNames: readonly string[] = [
  'metadata.goog', // Google Cloud, beside metadata.google.internal
  'metadata.azure.com',
  'api.metadata.cloud.ibm.com',
  'metadata.tencentyun.com',
  'metadata.packet.net', // Equinix Metal, formerly Packet
  'metadata.platformequinix.com',
];
