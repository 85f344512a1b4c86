"""Two logistic regressions of scikit-learn on UCI Adult, as files of predictions for `curate evaluate --predictions`.

    pip install numpy scikit-learn
    python docs/examples/adult_predictions.py     # writes plain.csv and balanced.csv
"""
import csv
import gzip

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
WORDS = ["workclass", "marital_status", "occupation", "relationship"]

with gzip.open("data/adult.csv.gz", "rt") as file:
    rows = list(csv.DictReader(file))
is_training = np.array([row["split"] == "train" for row in rows])
labels = np.array([row["income"] for row in rows])
numbers = StandardScaler().fit_transform(np.array([[float(row[name]) for name in NUMBERS] for row in rows]))
words = OneHotEncoder(sparse_output=False).fit_transform(np.array([[row[name] for name in WORDS] for row in rows]))
features = np.hstack([numbers, words])


def write(path, class_weight):
    model = LogisticRegression(max_iter=200, class_weight=class_weight)
    shares = model.fit(features[is_training], labels[is_training]).predict_proba(features)
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "split", "label", "sex", "race", "age"] + [f"p_{name}" for name in model.classes_])
        for number, (row, share) in enumerate(zip(rows, shares)):
            known = [row["split"], row["income"], row["sex"], row["race"], row["age"]]
            table.writerow([number] + known + [f"{p:.6f}" for p in share])


write("plain.csv", None)
write("balanced.csv", "balanced")
