#!/bin/bash
# k-means, a support vector machine and logistic regression on tables of the world, as Debian's
# packages have them: irises of three species, and hearts that are ill or well.
export LC_ALL=C
iris=/usr/share/python3-plotly/datasets/iris.csv.gz
hearts=/usr/share/doc/liblinear-tools/examples/heart_scale
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
for table in $iris $hearts; do
    [ -e $table ] && continue
    echo "no $table: install python3-plotly and liblinear-tools"
    [ -n "$CI" ] && exit 1
    exit 77
done
run() { # workers, example, arguments
    ./gyre run -n "$1" "examples/$2" "${@:3}" >"$work/log" 2>&1 || fail "$*: $(cat "$work/log")"
}
tells() { # how many of how many samples at least, of a run
    awk -v least="$1" -v all="$2" '/told right/ { found = $1 >= least && $3 == all }
        END { exit !found }' "$work/log" || fail "$3 on $workers workers: $(cat "$work/log")"
}

# 150 flowers with a header; four lengths, the name of the species, its number.
zcat $iris >"$work/iris.csv"
awk 'NR == 1 || NR % 3' "$work/iris.csv" >"$work/train.csv"
awk 'NR == 1 || NR % 3 == 0' "$work/iris.csv" >"$work/test.csv"
tail -n +2 "$work/iris.csv" | cut -d , -f 1-4 >"$work/points"
sed -n '1p;51p;101p' "$work/points" >"$work/centers"
# 270 samples; every fifth is kept back.
awk 'NR % 5' $hearts >"$work/train.svm"
awk 'NR % 5 == 0' $hearts >"$work/test.svm"

for workers in 1 2 4; do
    run $workers kmeans_tset --header --columns 1-4 -o "$work/moved" "$work/iris.csv" "$work/centers"
    examples/oracle kmeans "$work/points" "$work/centers" 10 "$work/moved" || fail "$workers workers"
    # Of each cluster's flowers most are of one species: 130 of 150 together.
    awk -F , 'NR == FNR { for (i = 1; i <= 4; i++) center[FNR, i] = $i; next }
        FNR > 1 {
            for (c = 1; c <= 3; c++) {
                distance[c] = 0
                for (i = 1; i <= 4; i++) distance[c] += ($i - center[c, i]) ^ 2
            }
            near = 1
            for (c = 2; c <= 3; c++) if (distance[c] < distance[near]) near = c
            if (++count[near, $5] > most[near]) most[near] = count[near, $5]
        }
        END { exit !(most[1] + most[2] + most[3] >= 130) }' "$work/moved" "$work/iris.csv" ||
        fail "clusters of mixed species on $workers workers: $(cat "$work/moved")"
    ./gyre run -n $workers examples/kmeans_graph "$work/points" "$work/centers" 10 \
        >"$work/moved" 2>"$work/log" || fail "kmeans_graph: $(cat "$work/log")"
    examples/oracle kmeans "$work/points" "$work/centers" 10 "$work/moved" || fail "kmeans_graph"
    for model in '' --logistic; do
        # shellcheck disable=SC2086
        run $workers svm $model --header --columns 1-4 --label 6 --positive 1 \
            "$work/train.csv" "$work/test.csv"
        tells 48 50 "irises, $model"
        # shellcheck disable=SC2086
        run $workers svm $model --features 13 --format libsvm --iterations 50 \
            "$work/train.svm" "$work/test.svm"
        tells 41 54 "hearts, $model"
    done
done

refused() { # what is said, example, arguments
    ./gyre run -n 2 "examples/$2" "${@:3}" >"$work/log" 2>&1 && fail "${*:2}"
    grep -q -- "$1" "$work/log" || fail "${*:2}: $(cat "$work/log")"
}
refused 'label 2: expected 1 or -1, or --positive' svm --header --columns 1-4 --label 6 "$work/test.csv"
refused '6 columns, expected 7' svm --header --columns 1-4 --label 7 "$work/test.csv"
refused 'is no float64' svm --columns 1-4 --label 6 --positive 1 "$work/test.csv"
refused 'see svm --help' svm --columns 1-4 "$work/test.csv"
refused 'see svm --help' svm --features 4 --format libsvm --header "$work/test.csv"
refused '4-1: expected columns' kmeans_tset --columns 4-1 "$work/iris.csv" "$work/centers"
refused 'centers of 4 columns, points of 3' kmeans_tset --header --columns 2-4 "$work/iris.csv" \
    "$work/centers"
exit 0
