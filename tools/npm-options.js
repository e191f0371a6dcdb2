/**
 * Ends the program with one line if one of its options was written without `--` before it. npm keeps such an option for
 * itself, and the program would run with its defaults.
 */
export function refuseOptionsThatNpmTook(command, usage) {
  for (const { long } of command.options) {
    const value = process.env[`npm_config_${long.slice(2).replaceAll('-', '_')}`];
    if (value === undefined) continue;
    command.error(`error: npm has kept the option '${long}' to itself. Write -- before it: ${usage} ${long} ...`);
  }
}
