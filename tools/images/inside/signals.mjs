// Loaded before a program. Process 1 of a container ends on a signal only if it listens, so until the program listens by
// itself, and for programs that never do, it ends at once.
for (const [signal, code] of [['SIGTERM', 143], ['SIGINT', 130]]) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(code);
  });
}
