/** A pass, compiled for both kinds of memory and embedded by the build. */
declare module '*.wasm' {
  const modules: import('./update/rules/rule.js').PassModules;
  export default modules;
}
