import { type Optimizer, serialization } from '@tensorflow/tfjs-core';
import { checkSavedConfig, isOptimizer } from '../base/checks.js';
import { mistake, refuse } from '../base/errors.js';
import type { OptimizerSettings } from '../lookahead-settings.js';

/** An inner or outer optimizer in a config. */
interface SavedOptimizer {
  className: string;
  config: serialization.ConfigDict;
}

/** The config of a LookaheadOptimizer. Where there is an outer optimizer, it has no alpha. */
export function configOf(inner: Optimizer, settings: OptimizerSettings): serialization.ConfigDict {
  const config: serialization.ConfigDict = {};
  for (const [name, value] of Object.entries({ inner, ...settings })) {
    if (isOptimizer(value)) config[name] = savedOptimizer(value);
    else if (value !== null && !Number.isNaN(value)) config[name] = value;
  }
  return config;
}

const savedOptimizer = (optimizer: Optimizer): serialization.ConfigDict =>
  ({ className: optimizer.getClassName(), config: optimizer.getConfig() }) satisfies SavedOptimizer;

type ClassEntry = (typeof serialization.SerializationMap.prototype.classNameMap)[string];

/**
 * Makes an optimizer of a class of Lookahead, and those inside, from a config.
 *
 * @throws Error if there is no inner optimizer in the config, if its class is not registered, or as the constructor
 * does.
 */
export function fromConfig<T extends serialization.Serializable>(
  cls: serialization.SerializableConstructor<T>,
  config: serialization.ConfigDict,
): T {
  checkSavedConfig(config);
  // tfjs-layers adds `customObjects` when it loads a model; JSON knows no Infinity, and makes it null.
  const { inner, outer, customObjects, k, ...others } = config;
  const made: Optimizer[] = [];
  const make = (name: string, saved: unknown) => {
    const optimizer = optimizerFromConfig(name, saved, customObjects as Record<string, ClassEntry> | undefined);
    made.push(optimizer);
    return optimizer;
  };
  try {
    return new cls(make('inner', inner), {
      ...others,
      ...(k !== undefined && { k: k ?? Number.POSITIVE_INFINITY }),
      ...(outer !== undefined && { outer: make('outer', outer) }),
    });
  } catch (error) {
    for (const optimizer of made) optimizer.dispose();
    throw error;
  }
}

function optimizerFromConfig(name: string, saved: unknown, customObjects?: Record<string, ClassEntry>): Optimizer {
  const { className, config } = (saved ?? {}) as Partial<SavedOptimizer>;
  if (typeof className !== 'string') {
    refuse(name, saved, 'an object with className and config', 'Pass what getConfig() returned.');
  }
  const classes = { ...serialization.SerializationMap.getMap().classNameMap, ...customObjects };
  // A map, since a className such as 'constructor' must not find what every object has.
  const entry = new Map(Object.entries(classes)).get(className);
  if (!entry) {
    throw mistake(
      `the class of the ${name} optimizer, '${className}', is unknown. ` +
        'Register it with tf.serialization.registerClass() before loading.',
    );
  }
  const [optimizerClass, fromConfig] = entry;
  return fromConfig(optimizerClass, { ...config, customObjects: customObjects as never }) as unknown as Optimizer;
}
