"""scikit-learn's multilayer perceptron, on folds with its own shuffling; leaky ReLU, which it lacks, as ReLU."""
import warnings

import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import protocol

ACTIVATIONS = {"tanh": "tanh", "relu": "relu", "leaky-relu": "relu", "sigmoid": "logistic", None: "identity"}


class ScikitLearn:
    name = "scikit-learn"

    @staticmethod
    def versions():
        return {"scikit-learn": sklearn.__version__}

    def __init__(self, work):
        self.work = work
        self.rows = [work.rows_of(i) for i in range(len(work.models))]
        warnings.simplefilter("ignore", ConvergenceWarning)  # it always stops where we tell it to
        self.reset()

    def reset(self):
        self.networks = [self.network(i, model) for i, model in enumerate(self.work.models)]

    def network(self, i, model):
        """A network that has been fitted once, which makes its attributes, and then got our first weights."""
        mlp = MLPClassifier(
            hidden_layer_sizes=(self.work.hidden,) if self.work.hidden else (),
            activation=ACTIVATIONS[model["activation"]],
            solver="adam" if model["optimizer"] == "adam" else "sgd",
            batch_size=2,
            learning_rate_init=model["rate"],
            momentum=0,
            nesterovs_momentum=False,
            alpha=0,
            shuffle=self.work.folds > 0,
            random_state=i,
            max_iter=1,
            tol=0,
            n_iter_no_change=1_000_000,
            warm_start=True,
        )
        one_of_each = [int((self.work.y == label).argmax()) for label in (0, 1)]
        mlp.fit(self.work.x[one_of_each], self.work.y[one_of_each])
        parts = self.work.initial(i)
        mlp.coefs_ = [w.T.copy() for w in parts[::2]]
        mlp.intercepts_ = [b.copy() for b in parts[1::2]]
        del mlp._optimizer  # it refers to the old weights
        return mlp

    def train(self, steps):
        for mlp, (x, y) in zip(self.networks, self.rows):
            per_epoch = -(-len(x) // self.work.batch)
            mlp.set_params(batch_size=self.work.batch, max_iter=steps // per_epoch)
            mlp.fit(x, y)

    def parameters(self):
        return [[part for w, b in zip(mlp.coefs_, mlp.intercepts_) for part in (w.T, b)] for mlp in self.networks]


if __name__ == "__main__":
    protocol.main(ScikitLearn)
