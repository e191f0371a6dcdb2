/** A compiled AssemblyScript module, embedded by the build as base64. */
declare module '*.wasm' {
  const base64: string;
  export default base64;
}
