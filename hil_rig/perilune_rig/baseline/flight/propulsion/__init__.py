"""What propulsion is made of: chamber pressures, the propellant gauge, how a cluster shares its thrust."""
