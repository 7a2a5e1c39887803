/** Compose and run: argv → program → exit code. The only place that wires. */
export async function main(_argv: readonly string[]): Promise<void> {
  process.exitCode = 125;
}
