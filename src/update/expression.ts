/**
 * Computes an expression of a {@link Rule} from its leaves up, in its order of operations: `*` and `/` before `+` and `-`,
 * else from the left. What it is computed in, the caller says: the code of a pass, or tensors.
 *
 * @param leaf the value of a name or of a number.
 * @param apply the value of an operator or a function, of those of its operands.
 * @throws SyntaxError if something is missing or too much.
 * @example
 * // As a tensor, by ops of tfjs:
 * compute('start + weight * (end - start)', (name) => tensors[name], (op, [a, b]) => ops[op](a, b));
 */
export function compute<T>(
  expression: string,
  leaf: (token: string) => T,
  apply: (operator: string, operands: T[]) => T,
): T {
  // In brackets, it is a list of one.
  const tokens = `(${expression})`.match(/[a-z]\w*|[\d.]+|\S/gi) as string[];
  const take = () => tokens.shift() ?? '';
  const next = (among: string) => tokens.length > 0 && among.includes(tokens[0] as string);

  const binary = (operators: string, operand: () => T) => () => {
    let left = operand();
    while (next(operators)) left = apply(take(), [left, operand()]);
    return left;
  };
  const list = (): T[] => {
    const values: T[] = [];
    do {
      take();
      values.push(sum());
    } while (next(','));
    if (take() !== ')') throw new SyntaxError(`not an expression: ${expression}`);
    return values;
  };
  const atom = (): T => {
    if (next('(')) return list()[0] as T;
    const token = take();
    return next('(') ? apply(token, list()) : leaf(token);
  };
  const sum = binary('+-', binary('*/', atom));

  const [value] = list() as [T];
  if (tokens.length > 0) throw new SyntaxError(`not an expression: ${expression}`);
  return value;
}
