"""The data sets: their files, checksums, licences and project pages."""

from __future__ import annotations

from dataclasses import dataclass

_CC_DIGITS = "CC BY-SA 3.0 (Yann LeCun, Corinna Cortes, Christopher J. C. Burges)"
TITLES = {
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "svhn": "SVHN",
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "tinyimagenet100_32": "Tiny ImageNet",
    "satellite": "Satellite",
    "cancer": "Cancer",
    "pets": "Pets",
    "flowers": "Flowers",
    "beans": "Beans",
}
LICENCES = {
    "mnist": _CC_DIGITS,
    "mnist5000": f"as MNIST: {_CC_DIGITS}",
    "fashion_mnist": "MIT (Zalando SE)",
    "svhn": "non-commercial use only (the authors' terms)",
    "cifar10": "none stated by the authors (Krizhevsky 2009)",
    "cifar100": "none stated by the authors (Krizhevsky 2009)",
    "tinyimagenet100_32": "ImageNet's terms: non-commercial research",
    "satellite": "public domain (USGS National Map imagery; Yang & Newsam 2010)",
    "cancer": "CC BY 4.0 (Kather et al. 2016)",
    "pets": "CC BY-SA 4.0 (Parkhi et al. 2012)",
    "flowers": "none stated by the authors (Nilsback & Zisserman 2008)",
    "beans": "MIT (Makerere AI Lab 2020)",
    "digits": "CC BY 4.0 (Alpaydin & Kaynak, UCI Machine Learning Repository)",
}


@dataclass(frozen=True)
class File:
    """A published file: where it is, and its hash as pooch writes it.

    Not all authors publish hashes; these are the ones torchvision, torchgeo (Satellite), OpenFL (Cancer) and
    TensorFlow Datasets (Beans) know the files by, and the CIFAR page's own.
    """

    url: str
    hash: str

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.url.rsplit("/", 1)[-1]


PAGES = {
    "mnist": "http://yann.lecun.com/exdb/mnist/",
    "fashion_mnist": "https://github.com/zalandoresearch/fashion-mnist, or Debian's package dataset-fashion-mnist",
    "svhn": "http://ufldl.stanford.edu/housenumbers/",
    "cifar10": "https://www.cs.toronto.edu/~kriz/cifar.html",
    "cifar100": "https://www.cs.toronto.edu/~kriz/cifar.html",
    "tinyimagenet100_32": "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    "satellite": "http://weegee.vision.ucmerced.edu/datasets/landuse.html",
    "cancer": "https://zenodo.org/records/53169",
    "pets": "https://www.robots.ox.ac.uk/~vgg/data/pets/",
    "flowers": "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
    "beans": "https://github.com/AI-Lab-Makerere/ibean",
}
_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
_FLOWERS = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102"
_PETS = "https://www.robots.ox.ac.uk/~vgg/data/pets/data"
_KRIZ = "https://www.cs.toronto.edu/~kriz"
_KATHER = "7d86abe1d04e68b77c055820c2a4c582a1d25d2983e38ab724eac75affce8b7cb2cbf5ba68848dcfd9d84005d87d6790"
PUBLISHED = {
    "mnist": (
        File(f"{_MNIST}/train-images-idx3-ubyte.gz", "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        File(f"{_MNIST}/train-labels-idx1-ubyte.gz", "md5:d53e105ee54ea40749a09fcbcd1e9432"),
        File(f"{_MNIST}/t10k-images-idx3-ubyte.gz", "md5:9fb629c4189551a2d022fa330f9573f3"),
        File(f"{_MNIST}/t10k-labels-idx1-ubyte.gz", "md5:ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    "fashion_mnist": (
        File(f"{_FASHION}/train-images-idx3-ubyte.gz", "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        File(f"{_FASHION}/train-labels-idx1-ubyte.gz", "md5:25c81989df183df01b3e8a0aad5dffbe"),
        File(f"{_FASHION}/t10k-images-idx3-ubyte.gz", "md5:bef4ecab320f06d8554ea6380940ec79"),
        File(f"{_FASHION}/t10k-labels-idx1-ubyte.gz", "md5:bb300cfdad3c16e7a12a480ee83cd310"),
    ),
    "svhn": (
        File("http://ufldl.stanford.edu/housenumbers/train_32x32.mat", "md5:e26dedcc434d2e4c54c9b2d4a06d8373"),
        File("http://ufldl.stanford.edu/housenumbers/test_32x32.mat", "md5:eb5a983be6a315427106f1b164d9cef3"),
    ),
    "cifar10": (File(f"{_KRIZ}/cifar-10-binary.tar.gz", "md5:c32a1d4ab5d03f1284b67883e8d87530"),),
    "cifar100": (File(f"{_KRIZ}/cifar-100-binary.tar.gz", "md5:03b5dce01913d631647c71ecec9e9cb8"),),
    "satellite": (
        File("http://weegee.vision.ucmerced.edu/datasets/UCMerced_LandUse.zip", "md5:5b7ec56793786b6dc8a908e8854ac0e4"),
    ),
    "cancer": (
        File(
            "https://zenodo.org/record/53169/files/Kather_texture_2016_image_tiles_5000.zip",
            f"sha384:{_KATHER}",
        ),
    ),
    "pets": (
        File(f"{_PETS}/images.tar.gz", "md5:5c4f3ee8e5d25df40f4fd59a7f44e54c"),
        File(f"{_PETS}/annotations.tar.gz", "md5:95a8c909bbe2e81eed6a22bccdf3f68f"),
    ),
    "flowers": (
        File(f"{_FLOWERS}/102flowers.tgz", "md5:52808999861908f626f3c1f4e79d11fa"),
        File(f"{_FLOWERS}/imagelabels.mat", "md5:e0620be6f572b9609742df49c70aed4d"),
        File(f"{_FLOWERS}/setid.mat", "md5:a5357ecc9cb78c4bef273ce3793fc85c"),
    ),
    "beans": (
        File(
            "https://storage.googleapis.com/ibeans/train.zip",
            "sha256:284fe8456ce20687f4367ae7ad94a64577e7f9fde2c2c6b1c74340ab5dc82715",
        ),
    ),
}


def title_of(name: str) -> str:
    """What a figure calls a data set; what has no title goes by its name.

    Examples
    --------
    >>> title_of("fashion_mnist")
    'Fashion-MNIST'
    """
    return TITLES.get(name, name)
