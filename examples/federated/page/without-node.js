/**
 * A stand-in, in a page, for what DISCO imports for peers that connect to each other and for models of language. That
 * needs modules of Node, and the federated client calls none of it.
 */
export class AutoTokenizer {}
export class PreTrainedTokenizer {}
export const env = {};
export default {};
