"""The defaults of the public interface, by the name of the function, class or method."""

TABLE = """
Adam: learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08
AppendedColumns: dtype=float64
Autoencoder: output=GaussianOutput(), corruption=None, penalties=(), code=None, head=None
Autoencoder.backward: labels=None
Autoencoder.dense: activation=Sigmoid, code_activation=None, output=GaussianOutput(), tied=False,
    init=None, rng=0, dtype=float64, corruption=None, penalties=(), code=None, head=None
Autoencoder.describe: rng=0
Autoencoder.elbo: samples=1, rng=0
Autoencoder.forward: x_tilde=None
Autoencoder.importance_weighted: samples=100, rng=0
Autoencoder.sample: rng=0, mean=False
Autoencoder.side_by_side: same_draws=None, memories=None, rows=None, tuning=None
Autoencoder.vectorized: same_draws=None, memory=None, rows=None, threads=None, tuning=None
AutoencoderTransformer: n_components=16, hidden=(), activation='sigmoid', code_activation=None,
    output='gaussian', tied=False, corruption=None, noise=0.1, penalty=None, strength=0.1,
    sparsity=0.05, probes=None, weight_decay=0.0, optimizer='adam', learning_rate=0.001,
    momentum=0.0, batch_size=100, max_epochs=100, early_stopping=False, validation_fraction=0.1,
    patience=10, tol=0.0001, warm_start=False, random_state=0, core='auto', dtype=None,
    verbose=False
BernoulliCode: straight_through=False, on=0.5, beta=1.0
BernoulliCode.forward: progress=1.0
CategoricalOutput: groups=None
Charting: n_components=2, n_neighbors=12, charts=None
Charting.fit: y=None
Classifier: weight=1.0
Classifier.loss_and_gradient: each=None
Code.cost: progress=1.0
Code.cost_gradient: progress=1.0
Code.forward: progress=1.0
Coder: columns=None
Contractive: probes=None
ContrastiveDivergence: steps=1
Corruption.corrupt: progress=1.0
DiagonalGaussianOutput: per_feature=False
Dictionary: rng=0, dtype=float64
Explorer: data='spiral', kind=None, sigma=None, units=None, learning_rate=None, strength=None,
    scale=None, seed=0, window=False, controls=True, name='table'
Explorer.show: block=None
Gain: dtype=float64
GaussianCode: beta=1.0
GaussianCode.forward: progress=1.0
GaussianKernel: width=1.0
GaussianNoise.corrupt: progress=1.0
GaussianOutput.sample: scale=1.0
Glorot: gain=1.0
GradientReport: rows_on_kink=0, kinks=(), moved=0.0
Graph: title='', note=''
HammingTable.load: mmap=False, verify=None
HammingTable.nearest: threads=1
HelmholtzMachine: rng=0, dtype=float64, init=None
HelmholtzMachine.dream: rng=0
HelmholtzMachine.elbo: samples=1, rng=0
HelmholtzMachine.importance_weighted: samples=100, rng=0
HelmholtzMachine.recognize: rng=0
HelmholtzMachine.sample: rng=0, mean=False
HessianEigenmaps: n_components=2, n_neighbors=12, ridge=0.0
HessianEigenmaps.fit: y=None
History: loss=<factory>, validation=<factory>, seconds=0.0, stopped='epochs', best_epoch=None,
    core='layers', restored=False, dead=None, threads=None, tuning=None
Isomap: n_components=2, n_neighbors=8
Isomap.fit: y=None
KernelPCA: n_components=2, kernel=None
KernelPCA.fit: y=None
LaplacianEigenmaps: n_components=2, n_neighbors=8, width=None
LaplacianEigenmaps.fit: y=None
Linear: init=None, dtype=float64
LocallyLinear: n_components=2, n_neighbors=10, ridge=0.001
LocallyLinear.fit: y=None
ManifoldParzen: n_components=1
ManifoldParzen.fit: y=None
MaskingNoise.corrupt: progress=1.0
MaximumVarianceUnfolding: n_components=2, n_neighbors=6, tol=0.01, rounds=100, steps=200, rng=0
MaximumVarianceUnfolding.fit: y=None
MinimalLossHashing: radius=2, lam=0.5, norm=1.0, rng=0, dtype=float64
MixtureDensityOutput: diagonal=False
NeighborGraph: n_neighbors=8
NeighborGraph.fit: y=None
Node: inputs=(), shape=(), place='left', part='', note='', corrupted=False, source=()
NoisyCode.forward: progress=1.0
NoisySigmoidCode.forward: progress=1.0
NonLocalParzen.dense: activation=Tanh, init=None, rng=0, dtype=float64
NonLocalTangents: ridge=1e-06
PCA.fit: y=None
PCAHashing.fit: y=None
PSD: steps=12, accelerated=True
PSD.dense: activation=Tanh, gain=True, init=None, rng=0, dtype=float64, steps=12, accelerated=True
PSDTransformer: n_components=16, sparsity_penalty=0.5, prediction_penalty=1.0, activation='tanh',
    gain=True, steps=12, accelerated=True, codes='encoder', optimizer='adam', learning_rate=0.01,
    momentum=0.0, batch_size=100, max_epochs=100, early_stopping=False, validation_fraction=0.1,
    patience=10, tol=0.0001, warm_start=False, random_state=0, dtype=None, verbose=False
Pancakes.sample: rng=0
Parzen.fit: y=None
PersistentContrastiveDivergence: steps=1, chains=100
PolynomialKernel: degree=2, offset=1.0
RBM: visible=BernoulliOutput(), rule=ContrastiveDivergence(steps=1), init=None, rng=0,
    dtype=float64, visible_start='data'
RBM.from_data: visible=BernoulliOutput(), rule=ContrastiveDivergence(steps=1), init=None, rng=0,
    dtype=float64
RBM.gibbs: rng=0
RBM.log_likelihood: log_partition=None
RBM.sample_hidden: rng=0
RBM.sample_visible: rng=0
RBM.vectorized: same_draws=None, memory=None, rows=None, threads=None, tuning=None
RBMTransformer: n_components=16, output='gaussian', rule='cd', steps=1, chains=100, optimizer='sgd',
    learning_rate=0.01, momentum=0.0, batch_size=100, max_epochs=100, warm_start=False,
    random_state=0, core='auto', dtype=None, verbose=False
RandomHyperplanes: rng=0
RandomHyperplanes.fit: y=None
Recirculation: output=GaussianOutput(), regression=0.75, regress_hidden=True
Recirculation.dense: activation=Sigmoid, output=GaussianOutput(), tied=False, init=None, rng=0,
    dtype=float64, regression=0.75, regress_hidden=True
RecirculationTransformer: n_components=16, activation='sigmoid', output='gaussian', tied=False,
    regression=0.75, regress_hidden=True, optimizer='sgd', learning_rate=0.1, momentum=0.0,
    batch_size=100, max_epochs=100, early_stopping=False, validation_fraction=0.1, patience=10,
    tol=0.0001, warm_start=False, random_state=0, dtype=None, verbose=False
ReconstructionContractive: probes=None
RecurrentDenoiser: steps=4, weights=None, output=GaussianOutput(), corruption=None
RecurrentDenoiser.dense: activation=Sigmoid, init=None, rng=0, dtype=float64, steps=4, weights=None,
    output=GaussianOutput(), corruption=None
RecurrentDenoiser.forward: x_tilde=None
RecurrentDenoiser.iterates: steps=None
ReseedUnused: every=1
Residual: scale=1.0
SGD: learning_rate=0.1, momentum=0.0
SNE: n_components=2, perplexity=30.0, steps=500, rng=0
SNEMap: k=2, rng=0, dtype=float64
SaltAndPepperNoise: low=0.0, high=1.0
SaltAndPepperNoise.corrupt: progress=1.0
ScoreModel: criterion=ScoreMatching()
SemanticHash: n_bits=32, hidden=(256,), kind='auto', sigma=10.0, threshold='auto', epochs=None,
    batch_size=100, learning_rate=0.003, rng=0, verbose=None
SemanticHash.fit: y=None
SemanticHashTransformer: n_components=32, hidden=(256,), activation='relu', output='gaussian',
    noise=10.0, threshold='auto', weight_decay=0.0, optimizer='adam', learning_rate=0.001,
    momentum=0.0, batch_size=100, max_epochs=100, early_stopping=False, validation_fraction=0.1,
    patience=10, tol=0.0001, warm_start=False, random_state=0, core='auto', dtype=None,
    verbose=False
SlicedScoreMatching: probes=1
Softmax: groups=None
SoftmaxClassifier: d=None, dtype=None, corruption=None, penalties=()
SpectralHashing: n_components=None
SpectralHashing.fit: y=None
Step: inputs=<factory>, equation='', source='', rule=''
TSNE: n_components=2, perplexity=30.0, steps=500, rng=0
TSNEMap: k=2, exaggeration=1.0, rng=0, dtype=float64
TangentAlignment: n_components=2, n_neighbors=10
TangentAlignment.fit: y=None
TangentPlanes: n_components=2, n_neighbors=8
TangentPlanes.fit: y=None
Trace: title='', columns=()
Trace.draw: step=None, example=0, units=3, ax=None
Trace.explain: index=()
Trace.quiz: rng=0, questions=5, ask=<built-in function input>
Trace.table: form='text'
Trainable.diagram: cost=True, title='', ax=None
Trainable.loss: rng=0
Trainable.loss_and_grad: rng=0
Trainable.vectorized: same_draws=None, memory=None, rows=None, threads=None, tuning=None
Tuning: tanh='tanh'
Uniform: bias=0.0
VAETransformer: n_components=2, hidden=(64,), activation='relu', output='gaussian', beta=1.0,
    weight_decay=0.0, optimizer='adam', learning_rate=0.001, momentum=0.0, batch_size=100,
    max_epochs=100, early_stopping=False, validation_fraction=0.1, patience=10, tol=0.0001,
    warm_start=False, random_state=0, core='auto', dtype=None, verbose=False
Walkback: steps=5, scale=None
WarmUp: end=1.0, until=0.25
ZCA: epsilon=0.1
ZCA.fit: y=None
annealed_log_partition: data=None, chains=100, temperatures=1000, rng=0
as_images: shape=None
bars: n=1000, side=4, on=0.5, rng=0
bars_distribution: side=4, on=0.5
binary_codes: threshold=0.5
circulation: nodes=8
compatibility: tol=None
cross_validate: folds=5, rng=0
curve: n=1000, noise=0.0, rng=0
curves: n=1000, switches=5, turns=0.5, peaks=0, d=50, noise=0.0, rng=0
dead_leaves: n=1000, side=16, radii=None, rng=0, dtype=float64
drawn_curves: n=1000, rng=0, dtype=float64
ellipses: deviations=1.0, color='C1', ax=None
filters: columns=16, title='', shape=None, ax=None
find_zeros: steps=100, tol=1e-08, merge=0.0001
fit: optimizer=Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08), epochs=10,
    batch_size=100, rng=0, core='layers', same_draws=None, threads=None, tuning=None,
    shuffle=True, validation=None, patience=None, callback=None, verbose=None, weights=None,
    checkpoint=None, checkpoint_seconds=60.0
fixed_points: steps=100, tol=1e-08, merge=0.0001
gradcheck: rng=0, method='auto', entries=None
gsn_chain: scale=None, rng=0
joint_distance: p_h=None
langevin: rng=0
learning_curves: ylabel='loss per example', title='', ax=None
line_integral: nodes=8
load: classes=()
logistic_pca: rng=0, dtype=float64
metropolis_langevin: rng=0, log_density=None
minimize: rng=0, method='L-BFGS-B', options=None, weights=None
mixture_log_density: weights=None
mixture_score: weights=None
mnist: split='train', prefix='', dtype=float64
nearest_neighbors: queries=None
normalize_contrast: floor=0.05
optimal_reconstruction: weights=None
patches: rng=0, dtype=float64
pick_probabilities: perplexity=30.0
reconstruction_curve: label='learned r(x)', color='C1', reference=True, ax=None
reconstructions: title='', shape=None, vrange=(0.0, 1.0), most=20, ax=None
save_figure: whole=False
score_field: threads=None, tuning=None
similar_pairs: rng=0
smoothed_hessian: weights=None
smoothed_log_density: weights=None
smoothed_score: weights=None
sparse_code: start=None, steps=None, tol=1e-08
spiral: n=1000, noise=0.0, rng=0
stack: optimizer=Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08), epochs=10,
    batch_size=100, rng=0, core='layers', verbose=None
strokes: n=1000, rng=0, dtype=float64
swiss_roll: n=1000, noise=0.0, rng=0
switching_parts: n=1000, parts=5, noise=0.0, rng=0
tangent_images: labels=None, shape=None, vrange=(0.0, 1.0), most=10, ax=None
tangents: of='code'
three_points: n=3, spacing=0.5
tile: blank=1.0, gap=2
to_onnx: part='both'
trace: rng=0, optimizer=None
turning_digit: digit=4, rng=0, dtype=float64
unfold: output=None, corruption=None, penalties=(), code=None
vector_field: stretch=1.0, color='C1', width=0.0034, ax=None
"""
