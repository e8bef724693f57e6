/**
 * As whom a container writes to folders of this machine as the given user would. A rootless engine maps users: its `0` is the one who
 * runs it, and any other number is nobody that is here. `options` are the engine's `SecurityOptions`, such as `name=rootless`.
 */
export function folderUser(options: readonly string[], { uid, gid }: { readonly uid: number; readonly gid: number }): string {
  return options.some((option) => option.split(',').includes('name=rootless')) ? '0:0' : `${uid}:${gid}`;
}
