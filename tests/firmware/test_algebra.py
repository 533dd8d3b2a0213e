"""Quaternions and elementary functions, against numpy and math."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perilune.flight import algebra

component = st.floats(-1.0, 1.0)


@st.composite
def unit_quaternions(draw):
    q = np.array(draw(st.tuples(component, component, component, component)))
    assume(np.linalg.norm(q) > 0.1)
    return tuple(q / np.linalg.norm(q))


def matrix(q):
    return np.array(algebra.q_axes(q)).reshape(3, 3).T


@given(unit_quaternions(), unit_quaternions())
def test_product_composes_rotations(p, q):
    assert matrix(algebra.q_multiply(p, q)) == pytest.approx(matrix(p) @ matrix(q), abs=1e-12)


@given(unit_quaternions())
def test_axes_are_orthonormal_and_come_back_as_the_quaternion(q):
    m = matrix(q)
    assert m @ m.T == pytest.approx(np.eye(3), abs=1e-12)
    back = algebra.q_from_axes(algebra.q_axes(q))
    assert abs(np.dot(back, q)) == pytest.approx(1.0, abs=1e-12)


@given(unit_quaternions(), st.tuples(*[st.floats(-0.02, 0.02)] * 3))
def test_turning_is_a_body_frame_rotation(q, vector):
    angle = float(np.linalg.norm(vector))
    s = 0.5 * np.sinc(angle / 2 / np.pi)
    exact = (math.cos(angle / 2), *(s * np.array(vector)))
    assert algebra.q_turned(q, *vector) == pytest.approx(algebra.q_multiply(q, exact), abs=1e-11)


@given(st.floats(-1.0, 1.0))
def test_arctangent(t):
    assert algebra.arctangent(t) == pytest.approx(math.atan(t), abs=1e-5 if abs(t) > 0.5 else 2e-7)


@given(st.floats(1.0, 3.0))
def test_logarithm(x):
    assert algebra.logarithm(x) == pytest.approx(math.log(x), abs=1e-6)


def test_cross():
    assert algebra.cross(1, 0, 0, 0, 1, 0) == (0, 0, 1)
