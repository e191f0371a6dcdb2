/**
 * Ends the program with one line where an option of its own was written without `--` before it: npm keeps such an option
 * to itself, and the program would run on with its defaults.
 */
export function refuseOptionsThatNpmTook(command, usage) {
  for (const { long } of command.options) {
    const value = process.env[`npm_config_${long.slice(2).replaceAll('-', '_')}`];
    if (value === undefined) continue;
    command.error(`error: npm has kept the option '${long}' to itself. Write -- before it: ${usage} ${long} ...`);
  }
}
