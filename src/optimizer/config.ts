import { type Optimizer, serialization } from '@tensorflow/tfjs-core';
import { describe } from '../checks.js';
import type { LookaheadConfig } from '../lookahead.js';
import type { PullbackMomentum } from './momentum.js';

/**
 * The settings of {@link lookahead} and {@link LookaheadOptimizer}.
 *
 * @example
 * const config: LookaheadOptimizerConfig = { k: 10, alpha: 0.8, pullbackMomentum: 'reset' };
 */
export interface LookaheadOptimizerConfig extends LookaheadConfig {
  /**
   * What becomes of the inner optimizer's momentum at a merge (the authors' name and meaning). Default 'none'.
   *
   * - 'none': it is kept.
   * - 'reset': it is set back to zero, its initial state.
   * - 'pullback': it is merged as the weights are, `m = cached + alpha * (m - cached)`, where `cached` is its value
   *   after the last merge, and zero before the first.
   *
   * The momentum is the accumulation of Momentum, the first moment of Adam and Adamax (the second moment and the
   * infinity norm are kept), and the accumulated moments of an RMSProp with a momentum. The bias correction of Adam
   * and Adamax goes on counting. After a reset late in training their first steps are short, since m restarts at zero
   * uncorrected.
   */
  pullbackMomentum?: PullbackMomentum;
}

/** What `getConfig()` gives. tfjs-layers adds `customObjects` when it loads a model. */
interface SavedConfig extends Required<LookaheadOptimizerConfig> {
  inner: { className: string; config: serialization.ConfigDict };
  customObjects?: Record<string, ClassEntry>;
}

type ClassEntry = (typeof serialization.SerializationMap.prototype.classNameMap)[string];

/**
 * Makes what a config describes: an object of a class of Lookahead, and its inner optimizer.
 *
 * @throws Error if there is no inner optimizer in the config, if its class is not registered, or as the constructor
 * does.
 */
export function fromConfig<T extends serialization.Serializable>(
  cls: serialization.SerializableConstructor<T>,
  config: serialization.ConfigDict,
): T {
  const { inner: _, customObjects: __, ...ours } = config;
  const inner = innerFromConfig('LookaheadOptimizer.fromConfig', config as unknown as SavedConfig);
  try {
    return new cls(inner, ours);
  } catch (error) {
    inner.dispose();
    throw error;
  }
}

function innerFromConfig(where: string, { inner, customObjects = {} }: SavedConfig): Optimizer {
  const { className, config } = (inner ?? {}) as Partial<SavedConfig['inner']>;
  if (typeof className !== 'string') {
    throw new Error(
      `${where}: 'inner' is ${describe(inner)}, but must be an object with className and config. ` +
        'Pass what getConfig() returned.',
    );
  }
  // Maps, since a className such as 'constructor' must not find what every object has.
  const entry =
    new Map(Object.entries(customObjects)).get(className) ??
    new Map(Object.entries(serialization.SerializationMap.getMap().classNameMap)).get(className);
  if (!entry) {
    throw new Error(
      `${where}: the class of the inner optimizer, '${className}', is unknown. ` +
        'Register it with tf.serialization.registerClass() before loading.',
    );
  }
  const [innerClass, fromConfig] = entry;
  return fromConfig(innerClass, { ...config, customObjects: customObjects as never }) as unknown as Optimizer;
}
