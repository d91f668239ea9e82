import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";

/** Normal operation as a cloud of points: its centre, its spread and how its features hang together. */
export interface Normal {
  mean: Float64Array;
  /** 1 / standard deviation of each feature. */
  scale: Float64Array;
  /** Inverse of the correlation matrix, in rows. */
  precision: Float64Array;
  /** Its factor: precision = whitening × whiteningᵀ, in rows. */
  whitening: Float64Array;
}

/**
 * Fits a normal to rows of features. `ridge` keeps directions that hardly ever move from judging alone.
 * Throws when a feature never moves: it could not be scaled.
 */
export function fitNormal(rows: readonly Float64Array[], names: readonly string[], ridge = 1e-3): Normal {
  const width = names.length;
  const mean = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i] = (mean[i] ?? 0) + (row[i] ?? 0) / rows.length;
  const covariance = new Float64Array(width * width);
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      const di = (row[i] ?? 0) - (mean[i] ?? 0);
      for (let j = 0; j < width; j++) {
        covariance[i * width + j] =
          (covariance[i * width + j] ?? 0) + (di * ((row[j] ?? 0) - (mean[j] ?? 0))) / rows.length;
      }
    }
  }
  const scale = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const variance = covariance[i * width + i] ?? 0;
    if (!(variance > 0)) throw new Error(`${names[i]} never moves in the training data`);
    scale[i] = 1 / Math.sqrt(variance);
  }
  const correlation = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      const c = (covariance[i * width + j] ?? 0) * (scale[i] ?? 0) * (scale[j] ?? 0);
      correlation[i * width + j] = i === j ? c + ridge : c;
    }
  }
  const precision = inverse(Matrix.from1DArray(width, width, correlation));
  const factor = new CholeskyDecomposition(Matrix.add(precision, precision.transpose()).mul(0.5));
  if (!factor.isPositiveDefinite())
    throw new Error("the features' correlation is not positive definite: raise the ridge");
  return {
    mean,
    scale,
    precision: Float64Array.from(precision.to1DArray()),
    whitening: Float64Array.from(factor.lowerTriangularMatrix.to1DArray()),
  };
}

/** Mahalanobis distance of a row from the centre. */
export function distanceOf({ mean, scale, precision }: Normal, row: Float64Array): number {
  const width = mean.length;
  let sum = 0;
  for (let i = 0; i < width; i++) {
    const zi = ((row[i] ?? 0) - (mean[i] ?? 0)) * (scale[i] ?? 0);
    for (let j = 0; j < width; j++) {
      sum += zi * (precision[i * width + j] ?? 0) * (((row[j] ?? 0) - (mean[j] ?? 0)) * (scale[j] ?? 0));
    }
  }
  return Math.sqrt(Math.max(0, sum));
}

/** Divides (precision × z) of a feature into its distance, in its own unit, from what the others make expect. */
export function residualScale({ scale, precision, mean }: Normal, i: number): number {
  return (precision[i * mean.length + i] ?? 1) * (scale[i] ?? 1);
}

/** What each feature contributes to the squared distance, as shares that add up to 1; features that pull towards normal count 0. */
export function sharesOf({ mean, scale, precision }: Normal, row: Float64Array): Float64Array {
  const width = mean.length;
  const shares = new Float64Array(width);
  let sum = 0;
  for (let i = 0; i < width; i++) {
    let along = 0;
    for (let j = 0; j < width; j++)
      along += (precision[i * width + j] ?? 0) * (((row[j] ?? 0) - (mean[j] ?? 0)) * (scale[j] ?? 0));
    const share = Math.max(0, ((row[i] ?? 0) - (mean[i] ?? 0)) * (scale[i] ?? 0) * along);
    shares[i] = share;
    sum += share;
  }
  if (sum > 0) for (let i = 0; i < width; i++) shares[i] = (shares[i] ?? 0) / sum;
  return shares;
}
